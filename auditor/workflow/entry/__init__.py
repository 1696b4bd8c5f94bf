"""How deployments are entered: what their logins need, and the sign-ins that a person made.

==========  ===========================================================================================================
`logins`    `auditor check --logins`: which secrets are missing, without a visit
`sign_in`   `auditor sign-in`: a person signs in once, in a window; visits use that until it ends
`sign_ins`  sign-ins that a person made, kept encrypted to the workspace's key; their end told ahead
==========  ===========================================================================================================
"""
