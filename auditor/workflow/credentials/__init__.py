"""Secrets by reference: had when they are needed, from where `targets.yaml` says they are kept; never written down.

=========  ============================================================================================================
`sources`  the secret that one reference names, from the environment, a file, the keyring, a command, or systemd
`lookup`   the secrets of one process: what was asked for, hidden in every log line, and kept for a short while
=========  ============================================================================================================
"""
