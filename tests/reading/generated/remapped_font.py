"""A web font that draws other digits than the document says, as pages do that defend themselves against being read."""

from __future__ import annotations

import base64
import io
import subprocess
from functools import cache

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

DIGITS = "0123456789"


@cache
def remapped_font(drawn: str) -> str:
    """A `@font-face` rule of the family `stat`: the digit n of a text is drawn as `drawn[n]`."""
    found = subprocess.run(
        ["fc-match", "-f", "%{file}", "DejaVu Sans:style=Book"], capture_output=True, text=True, check=True
    )
    font = TTFont(found.stdout, fontNumber=0)
    chosen = Options()
    chosen.layout_features = []
    chosen.drop_tables += ["FFTM"]
    subset = Subsetter(chosen)
    subset.populate(text=DIGITS)
    subset.subset(font)
    shapes = font.getBestCmap()
    for table in font["cmap"].tables:
        for said, shown in zip(DIGITS, drawn, strict=True):
            if ord(said) in table.cmap:
                table.cmap[ord(said)] = shapes[ord(shown)]
    kept = io.BytesIO()
    font.save(kept)
    data = base64.b64encode(kept.getvalue()).decode()
    return f"@font-face{{font-family:stat;src:url(data:font/ttf;base64,{data})}}"
