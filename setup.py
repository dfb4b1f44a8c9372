"""Packaging of kinpay: `pip install .` gives the program `kinpay` and the package `kinpay_server`."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent

setup(
    name="kinpay",
    version="0.1.0",
    description="Pays your users in a Stellar asset: HTTP in, ledger transactions out, webhooks back",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11,<3.14",
    # The migrations lie at the top of the checkout; in a wheel they travel inside the package.
    packages=[
        *find_packages(include=["kinpay_server", "kinpay_server.*"]),
        "kinpay_server.migrations",
        "kinpay_server.migrations.versions",
    ],
    package_dir={
        "kinpay_server.migrations": "migrations",
        "kinpay_server.migrations.versions": "migrations/versions",
    },
    package_data={
        "kinpay_server": ["py.typed"],
        "kinpay_server.migrations": ["*.mako"],
        "kinpay_server.web": ["static/**", "templates/**"],
    },
    install_requires=[
        "aiohttp>=3.14,<4",
        "alembic>=1.20,<1.21",
        "apispec>=6.10,<7",
        "click>=8.5,<9",
        "huey>=3.5,<3.6",
        "marshmallow>=4.4,<5",
        "orjson>=3.13,<4",
        "prometheus-client>=0.26,<0.27",
        "rich>=15,<16",
        "sqlalchemy>=2.1,<2.2",
        "stellar-sdk>=16,<17",
        "structlog>=26.1",
        "swagger-ui-bundle>=1.1,<2",
        "tornado>=6.6,<6.7",
        "yarl>=1.20,<2",
    ],
    extras_require={
        "postgres": ["psycopg[binary]>=3.3,<4"],
        "dev": [
            "axe-playwright-python>=0.1.8,<0.2",
            "hypothesis",
            "import-linter",
            "mypy",
            "openapi-spec-validator>=0.9,<0.10",
            "playwright>=1.65,<2",
            "pytest>=9,<10",
            "pytest-timeout",
            "pytest-tornado>=0.8,<0.9",
            "pytest-xdist",
            "ruff",
            "schemathesis>=4.32,<5",
            "setuptools<81",
            "standardwebhooks>=1.1,<2",
            "stellar-sdk[aiohttp]",
            "types-setuptools",
        ],
    },
    entry_points={
        "console_scripts": ["kinpay = kinpay_server.__main__:main"],
        "pytest11": ["kinpay_sandbox = kinpay_server.sandbox.pytest_plugin"],
    },
)
