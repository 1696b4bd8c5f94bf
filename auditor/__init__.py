"""Seat auditor: what a licensed system says it uses, kept as evidence and compared with what was bought.

The house, from the doors to the floor (imports go one way, downwards; `pyproject.toml` holds the law):

* doors: `cli`, `scheduler` parse, call one workflow, print;
* corridor: `workflow` is the only place that knows more than one room;
* rooms: `capture` sees, `custody` keeps, `reading` reads, `reconciliation` judges, `claims` values,
  `index` remembers, `reporting` tells; no room imports another;
* porch: `targets` reads `targets.yaml`, `workspace` the workspace;
* floor: `model`, frozen values; below it only `errors` and `clock`;
* garden: `demo_command`, a world to practise on.
"""

__version__ = "0.1.0"
