"""The door that opens by itself: one process that keeps the schedules of `targets.yaml`.

APScheduler wakes it; what is due, what was missed and what ended is read from the journal alone, so that a restart, a
clock that jumps or a second process that only looks comes to the same answer.
"""
