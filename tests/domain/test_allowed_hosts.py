"""Which hosts may be called back, however their names are written."""

import pytest

from kinpay_server.domain.allowed_hosts import AllowedHosts


def allowed(entries: str, url: str) -> bool:
    return AllowedHosts.parse(entries).allow_url(url)


@pytest.mark.parametrize(
    "url", ["http://a.example/", "https://[::1]:8080/x", "http://2130706433/", "http://straße.de/"]
)
def test_without_rules_every_host_is_allowed(url: str) -> None:
    assert AllowedHosts().allow_url(url)
    assert allowed(" \n", url)


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/",
        "https://app.example:8443/paid?x=1#y",
        "HTTP://APP.Example",
        "http://app.example.",
        "http://app.example.:80/",
        "http://ＡＰＰ.example/",
        "http://app。example/",
    ],
)
def test_a_name_is_the_same_in_any_case_with_a_dot_at_its_end_and_on_any_port(url: str) -> None:
    assert allowed("other.example App.Example.", url)


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example.evil/",
        "http://evil-app.example/",
        "http://x.app.example/",
        "http://appXexample/",
        "http://example/",
        "http://app.example@evil.example/",
        "http://evil.example/?app.example",
        "http://evil.example#@app.example",
        "http://127.0.0.1/",
        "http://[::1]/",
    ],
)
def test_a_name_allows_no_other_host(url: str) -> None:
    assert not allowed("app.example", url)


def test_a_pattern_allows_all_below_the_name_and_not_the_name_itself() -> None:
    assert allowed("*.example.com", "http://a.example.com/")
    assert allowed("*.example.com", "http://a.b.Example.COM.:81/")
    assert not allowed("*.example.com", "http://example.com/")
    assert not allowed("*.example.com", "http://badexample.com/")
    assert not allowed("*.example.com", "http://a.example.com.evil/")


def test_a_port_allows_that_one_only() -> None:
    assert allowed("app.example:8443", "https://app.example:8443/")
    assert not allowed("app.example:8443", "https://app.example/")
    assert allowed("app.example:443", "https://app.example/")
    assert not allowed("app.example:443", "http://app.example/")
    assert allowed("app.example:80", "http://app.example/")
    assert allowed("*.example:81", "http://a.example:81/")
    assert not allowed("*.example:81", "http://a.example/")
    assert allowed("10.0.0.1:81 [::1]:82", "http://10.0.0.1:81/")
    assert allowed("10.0.0.1:81 [::1]:82", "http://[::1]:82/")
    assert not allowed("10.0.0.1:81 [::1]:82", "http://[::1]:81/")


def test_an_address_is_the_same_however_it_is_written() -> None:
    assert allowed("10.0.0.1", "http://[::ffff:10.0.0.1]/")
    assert allowed("::ffff:10.0.0.1", "http://10.0.0.1/")
    assert allowed("[2001:db8:0:0:0:0:0:1]", "http://[2001:DB8::1]:81/")
    assert allowed("2001:db8::1", "http://[2001:db8::1]/")
    assert not allowed("10.0.0.1", "http://10.0.0.11/")


def test_a_network_allows_the_addresses_in_it() -> None:
    assert allowed("10.0.0.0/8", "http://10.255.0.1:99/")
    assert allowed("10.0.0.0/8", "http://[::ffff:10.1.2.3]/")
    assert allowed("::ffff:10.0.0.0/104", "http://10.255.0.1/")
    assert allowed("2001:db8::/32", "http://[2001:db8:1::1]/")
    assert not allowed("10.0.0.0/8", "http://11.0.0.1/")
    assert not allowed("2001:db8::/32", "http://[2001:db9::1]/")
    assert not allowed("0.0.0.0/0", "http://[::1]/")
    assert not allowed("0.0.0.0/0 ::/0", "http://app.example/")


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "1.2.3.4.5"])
def test_a_number_that_resolvers_take_for_an_address_is_never_allowed(host: str) -> None:
    assert not allowed("127.0.0.0/8 app.example", f"http://{host}/")
    with pytest.raises(ValueError, match="host names"):
        AllowedHosts.parse(host)


def test_an_international_name_is_its_ascii_form() -> None:
    for entry in ("bücher.example", "XN--bcher-kva.example", "BÜCHER.example"):
        assert allowed(entry, "http://bücher.example/ü")
        assert allowed(entry, "http://xn--bcher-kva.example:81/")
        assert not allowed(entry, "http://bucher.example/")
    assert allowed("*.bücher.example", "http://a.xn--bcher-kva.example/")


def test_a_name_that_old_and_new_rules_encode_differently_is_not_allowed() -> None:
    assert not allowed("strasse.de xn--strae-oqa.de", "http://straße.de/")
    with pytest.raises(ValueError, match="host names"):
        AllowedHosts.parse("straße.de")


@pytest.mark.parametrize("host", ["", "[]", "a b", "a..b", ".a", "x" * 64, "é" * 70, "\x00", "[1.2.3.4"])
def test_what_is_no_host_is_not_allowed(host: str) -> None:
    assert not AllowedHosts.parse("app.example 0.0.0.0/0 ::/0").allow(host, 80)


@pytest.mark.parametrize(
    "entry",
    [
        *("*", "*.", "*a.example", "a.*.example", "*.*.example", "**.example", ".example", "a..example"),
        *(
            "http://app.example",
            "app.example/x",
            "app.example:",
            "app.example:0",
            "app.example:65536",
            "a:b",
            "a:80:90",
        ),
        *("10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8:80", "::1/129", "[::1", "::1]", "[::1]:x", "[a.example]", "1.2.3"),
        *("user@app.example", "app.example,b.example", "x" * 64, "a\x00b", "*.1", "*.10.0.0.1"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_is_expected(entry: str) -> None:
    with pytest.raises(ValueError, match=r"host names, \*\.example\.com patterns, IP addresses or networks"):
        AllowedHosts.parse(f"good.example {entry}")
