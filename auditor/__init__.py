"""Seat auditor: what a licensed system says it uses, kept as evidence and compared with what was bought.

The house, from the doors to the floor (imports go one way, downwards; `pyproject.toml` holds the law):

* doors: `cli/`, `web/` and `scheduler/` parse, call one workflow, print;
* corridor: `workflow/` is the only place that knows more than one room;
* `fleet/` is a second place for what custody keeps: a database and a store, for many machines;
* rooms: `capture/` sees, `custody/` keeps, `reading/` reads, `reconciliation/` judges, `claims/` values, `index/`
  remembers, `reporting/` tells, `bundle/` hands over, `planning/` plans, `alerting/` calls for help, `comparison/`
  holds systems beside each other, `hosting/` asks who holds an address, `notices/` writes to a host,
  `people/` knows who may work with it; no room imports another;
* shelves: `document/`, a stored page worked out; `formats/`, published formats; below both `wording/`, the words of
  every reason;
* porch: `targets/` reads `targets.yaml`, `workspace` says where the parts of a workspace lie;
* floor: `model/`, frozen values; below it only `errors`, `clock`, `owner_only_file`, `gc_pause`, `lazy_door` and
  `optional_parts`;
* garden: `demo/`, a world to practise on.

`__main__` is `python -m auditor`.
"""

__version__ = "0.1.0"
