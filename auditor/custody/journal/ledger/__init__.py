"""The parts of `journal.state`: lines are written into tables once, and asked for often.

============  ==========================================================================================================
`as_of`       what is asked about the lines that were written by a moment
`questions`   what is asked: packages, visits, files, tokens, checkpoints, prunings
`records`     what lines say of one package, token, checkpoint, refusal or pruning: values
`tabulating`  lines written into the tables, each once and in order
============  ==========================================================================================================
"""
