"""Entitled against used: one position for each contract, deployment and metric, its measures and its value.

================  =====================================================================================================
`confirmation`    for which captures a confirmed count holds: the one rule that positions, findings and claims go by
`counted_series`  one deployment, metric and coverage as a case, and its series as points: each count against its own
                  day
`measures`        quantities over time, and what a true-up costs by them
`notes`           what a position says beside its figures: how far a peak is known, and what the contract's own measure
                  adds
`position`        entitled against used, one position per contract, deployment and metric
`reference_cap`   the reference deployment: the finite cap that a known good site shows at the same edition
`true_up`         what a true-up owes: units over that the contract permits and settles afterwards
`totals`          sums over positions: money once per deployment and unit, list and net side by side, the other figures
                  beside them
`valuation`       units as money, list and net side by side with the derivation, and the other ways in which a list can
                  be counted
================  =====================================================================================================
"""
