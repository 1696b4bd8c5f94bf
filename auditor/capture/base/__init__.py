"""What every capture method shares: what a visit may do, how it can end, and the record of its steps.

==========  ============================================================================================================
`exchange`  one request and its answer, as every method of capture records it
`held_secrets`  the secrets of one visit, had once before it begins
`outcomes`  how a visit can end, and which of Chromium's errors means which ending
`scope`     what a visit may do: which origins may be loaded, be sent credentials, and by which methods
`step_log`  the record of a visit while it is under way: steps in order, warnings once each
==========  ============================================================================================================
"""
