"""YAML as text with places: files and includes read, every scalar as written.

=============  =========================================================================
`files`        reads `targets.yaml` and the files it includes, and merges their sections
`marks`        a YAML text with the place of everything in it, for edits in place
`nodes`        a YAML file as nodes: the text of every scalar as written, with its place
`plain_lines`  the same nodes of a file in the plainest YAML, line by line and quickly
`tree`         the nodes themselves
=============  =========================================================================
"""
