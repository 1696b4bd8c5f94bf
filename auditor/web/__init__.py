"""The door that answers over HTTP: today the signs of life of one workspace, for probes and for Prometheus.

Protocol: a server is a context manager on one address; it is given a function that says how things stand and asks it
for every request. It reads, and never writes.

============  ===========================================================================================
address       answer
============  ===========================================================================================
`/healthz`    200 where all is well, 503 with the reasons where not; JSON
`/metrics`    the same figures in the text format of Prometheus
============  ===========================================================================================

Files:

========  ===================================================================================================
`server`  health over HTTP by the standard library's server: `/healthz` for probes, `/metrics` for Prometheus
========  ===================================================================================================
"""

from auditor.web.server import HealthServer, serve_health

__all__ = ["HealthServer", "serve_health"]
