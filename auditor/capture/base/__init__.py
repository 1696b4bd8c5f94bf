"""What every capture method shares: what a visit may do, how it can end, and the record of its steps.

==========  ============================================================================================================
`client_key`  a client certificate with its key: whole, matching and in force
`entry`     what the requests of a visit carry to declared origins
`exchange`  one request and its answer, as every method of capture records it
`held_secrets`  the secrets of one visit, had once before it begins
`one_time_codes`  one-time codes from a shared secret and the time (RFC 6238)
`outcomes`  how a visit can end, and which of Chromium's errors means which ending
`proxy_tunnel`  a connection through the proxy that a deployment declares
`used_codes`  the one-time codes that a process has sent: each at most once, and early in its period
`scope`     what a visit may do: which origins may be loaded, be sent credentials, and by which methods
`session_state`  the state that a sign-in leaves in a browser: what is the deployment's own, and when it ends
`step_log`  the record of a visit while it is under way: steps in order, warnings once each
==========  ============================================================================================================
"""
