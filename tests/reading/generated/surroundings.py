"""What stands around the values on real pages: menus with badges, headings, dates, versions, other cards, pagers."""

from __future__ import annotations

import random

NAVIGATION = (
    "<nav class=row><a href='#a'>Home</a>&nbsp;<a href='#b'>Inbox <span class=pill>{n}</span></a></nav>",
    "<header style='background:#234;color:#fff;padding:8px'>Acme Console <small>v{n}.{m}.1</small></header>",
    "<p><a href='#a'>Acme</a> › <a href='#b'>Account {n}</a> › Plan</p>",
    "<ul style='float:right;list-style:none;margin:0'><li>Tickets: {n}</li><li>Storage: {m} GB</li></ul>",
)
BESIDE = (
    "<div class=card><div>Storage</div><div class=n>{n} GB</div></div>",
    "<div class=card><div>Open tickets</div><div class=n>{n}</div></div>",
    "<table><tr><th>Invoice</th><td>{n}{m}</td></tr><tr><th>Renewal</th><td>{m} days</td></tr></table>",
    "<dl><dt>Build</dt><dd>{n}{m}</dd><dt>Uptime</dt><dd>{m}:{n}:07</dd></dl>",
    "<p>Last sync: 2026-03-{d:02d} 10:{m:02d}</p>",
)
BELOW = (
    "<footer>© 2019–2026 Acme, {n} Example Street</footer>",
    "<p>Page 1 of {n}</p>",
    "<footer><small>Build {n}{m} · served in {m} ms</small></footer>",
    "<p>Questions? Call 0{n} {m}00 {n}{n}</p>",
)


def surround(body: str, rng: random.Random) -> str:
    """The body among other things; in three of ten pages alone. Nothing here bears a label of the page's fields."""
    if rng.random() < 0.3:
        return body
    above = _one(NAVIGATION, rng) if rng.random() < 0.6 else ""
    below = _one(BELOW, rng) if rng.random() < 0.6 else ""
    beside = _one(BESIDE, rng) if rng.random() < 0.5 else ""
    inner = [body, f"<section>{beside}</section>"]
    if rng.random() < 0.3:
        inner.reverse()
    return f"{above}<h1>Plan {rng.choice(('A', 'B', 'Pro'))}</h1>{''.join(inner)}{below}"


def _one(choices: tuple[str, ...], rng: random.Random) -> str:
    return rng.choice(choices).format(n=rng.randint(2, 98), m=rng.randint(11, 59), d=rng.randint(1, 28))
