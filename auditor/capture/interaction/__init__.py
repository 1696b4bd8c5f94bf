"""Acting in a page as a person would: steps, login, waiting until the values are there; what is never pressed.

====================  ===============================================================================================
`code_refusal`        why a one-time code was not accepted: what the clocks of this machine and of the server say
`forbidden_controls`  what a step never presses: a control that by its own words accepts terms, or changes what the
                      deployment is
`login`               logging in as a person would: find the form in a snapshot, type, submit, and see whether it was
                      accepted
`readiness`           waiting for the values a page must state: there, and keeping still
`step_runner`         acting in a page: click, type, scroll by real input events
====================  ===============================================================================================
"""
