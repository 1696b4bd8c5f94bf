"""Chromium: its process, contexts and pages, driven from outside; no script of ours runs in a page.

======================  ================================================================================================
`contexts`              an empty page in a fresh context: what a visit begins with, and may be opened while another
                        visit is at rest
`dom_snapshot`          the stored DOM snapshot: its shape, its bytes, and the little this room asks of it
`driver`                Playwright's own process, begun and ended within bounds; why a program did not start
`network_log`           what the browser sent and received, from Chromium's own network events: no proxy, no script in
                        the page
`page`                  one open page, driven from outside through the Chrome DevTools Protocol
`pdf`                   printing a page of ours to PDF: HTML bytes in, PDF bytes out, in a fresh context that reaches no
                        network
`playwright_internals`  protocol commands whose answers are large: their JSON is read quickly and taken as it comes
`process`               Chromium's life: started once, used by many visits, replaced when worn, ended by its process id
`process_family`        a process with all that it started: found, weighed and ended by process id, never by name
`request_filter`        holds a page's requests to what the deployment allows, from outside the page: by Chromium's
                        Fetch domain
`screenshot`            the picture of a page: how a tall one is cut, and when one shows nothing
`socket_gate`           the only way out for WebSockets: a gate (SOCKS 5) on this machine that knows the visit's scope
`target_sessions`       sessions of a page's other targets: frames that other processes render, and workers; tabs held
======================  ================================================================================================
"""
