"""What every plug of a port must do (`auditor.model.ports`): one file a port, run over every plug of its table."""
