"""The HTTP API, on Tornado: `application` builds it from `services.Services`, `server` opens it on a port."""
