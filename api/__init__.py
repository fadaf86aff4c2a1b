"""HTTP API, web pages and command line; the only place that names concrete adapters."""
