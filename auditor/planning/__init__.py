"""The room that plans: which moments of which schedule are due, what the journal says became of them. Pure.

=============  =====================================================================================
`slots`        the moments of a schedule between two instants; DST, blackout windows, jitter
=============  =====================================================================================
"""

from auditor.planning.slots import SlotTime, blacked_out, due, next_due, offset

__all__ = ["SlotTime", "blacked_out", "due", "next_due", "offset"]
