"""The room that calls for help: health over HTTP for whoever asks, alerts by webhook and mail for whoever must know.

Values in, bytes and messages out; what is wrong is decided in the corridor.
"""
