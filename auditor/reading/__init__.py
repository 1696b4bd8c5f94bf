"""The room that reads: stored bytes in, quantities, fields and lists out. Pure; no file, network or clock.

A wrong number is worse than none: what no rule reads is unknown with a reason; none and several are answers.
"""

from auditor.reading.quantities import read_quantities

READER = "auditor.reading/1"
"""Name and version of this reader; goes into every `Reading`."""

__all__ = ["READER", "read_quantities"]
