"""Parts of `deployments:` that say how a deployment is entered beside its login form.

=========  ======================================================================================================
`ways_in`  HTTP authentication, secret headers, a client certificate, and the proxy that everything goes through
=========  ======================================================================================================
"""
