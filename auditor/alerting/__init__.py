"""The room that calls for help: health over HTTP for whoever asks, alerts by webhook and mail for whoever must know.

Values in, bytes and messages out; what is wrong is decided in the corridor. A channel takes a `AlertMessage` and
answers with a `Delivery`; it never raises for a receiver that is down.

============  ===========================================================================================
webhook       `channels`: POST of JSON, signed with HMAC-SHA256 where a key is named
mail          `channels`: SMTP with STARTTLS or TLS; text, and the JSON attached
health        `health`: `/healthz` and Prometheus `/metrics` by the standard library's server
============  ===========================================================================================

Files:

==========  ==============================================================================================
`channels`  handing a message over: by webhook, by mail
`health`    how things stand, for whoever asks over HTTP: `/healthz` for probes, `/metrics` for Prometheus
`messages`  what is told: one message for everything that is new and everything that is over
==========  ==============================================================================================
"""

from auditor.alerting.channels import Delivery, deliver
from auditor.alerting.health import HealthReport, HealthServer, metrics
from auditor.alerting.messages import AlertCause, AlertMessage, compose_alert

__all__ = [
    "AlertCause",
    "AlertMessage",
    "Delivery",
    "HealthReport",
    "HealthServer",
    "compose_alert",
    "deliver",
    "metrics",
]
