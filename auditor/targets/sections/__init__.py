"""The shapes of the sections: which keys there are, what they mean, what each becomes. Declarations, no decisions."""
