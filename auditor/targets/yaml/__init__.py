"""YAML as text with places: files and includes read, every scalar as written.

=======  =========================================================================
`files`  reads `targets.yaml` and the files it includes, and merges their sections
`nodes`  a YAML file as nodes: the text of every scalar as written, with its place
=======  =========================================================================
"""
