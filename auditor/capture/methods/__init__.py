"""Capture methods. Each visits the pages of one deployment and never raises for a bad page.

=========  =========================================================================================================
`browser`  one visit with a browser: log in, open each page, wait for its values, take the originals, and say how it
           ended
`http`     the `http` method: pages and JSON endpoints that need no browser, by `requests`, with the same evidence
=========  =========================================================================================================
"""
