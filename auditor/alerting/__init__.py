"""The room that calls for help: how things stand for whoever asks, alerts by webhook and mail for whoever must know.

Values in, bytes and messages out; what is wrong is decided in the corridor. A channel takes a `AlertMessage` and
answers with a `Delivery`; it never raises for a receiver that is down.

============  ===========================================================================================
webhook       `channels`: POST of JSON, signed with HMAC-SHA256 where a key is named
mail          `channels`: SMTP with STARTTLS or TLS; text, and the JSON attached
health        `health`: the signs of life as JSON and in the text format of Prometheus; served by `auditor.web`
============  ===========================================================================================

Files:

==========  ==============================================================================================
`channels`  handing a message over: by webhook, by mail
`health`    how things stand, for whoever asks over HTTP: `/healthz` for probes, `/metrics` for Prometheus
`messages`  what is told: one message for everything that is new and everything that is over
==========  ==============================================================================================
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.alerting.channels import Delivery, deliver
    from auditor.alerting.health import METRICS_TYPE, HealthReport, metrics
    from auditor.alerting.messages import AlertAttachment, AlertCause, AlertMessage, compose_alert
else:
    from auditor.lazy_door import open_lazily

    __getattr__ = open_lazily(
        __name__,
        {
            "AlertAttachment": "messages",
            "AlertCause": "messages",
            "AlertMessage": "messages",
            "Delivery": "channels",
            "HealthReport": "health",
            "METRICS_TYPE": "health",
            "compose_alert": "messages",
            "deliver": "channels",
            "metrics": "health",
        },
    )


__all__ = [
    "METRICS_TYPE",
    "AlertAttachment",
    "AlertCause",
    "AlertMessage",
    "Delivery",
    "HealthReport",
    "compose_alert",
    "deliver",
    "metrics",
]
