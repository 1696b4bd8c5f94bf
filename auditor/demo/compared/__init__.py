"""Five systems to be compared, and front pages to be looked at: the part of the garden that comparisons practise on.

=============  =========================================================================================================
`designs`      five systems that are compared: what each of their sixteen screens holds
`fronts`       forty front pages: the product in four brandings and versions, and others on the same framework
`practice`     the compared systems, started and stopped together, and a `targets.yaml` that names them
`system`       one of the compared systems, as a visitor finds it
=============  =========================================================================================================
"""
