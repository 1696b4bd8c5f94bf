"""Who may be written to, by whom and about what: `hosts:` and `notices:`.

`hosts`   hosts, and the channels that each is shown to have named
`items`   the sender, the rights, the mail server, and every notice to be written
"""
