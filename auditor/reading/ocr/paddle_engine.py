"""PP-OCR line recognition by onnxruntime, with the model that the `rapidocr` wheel carries; nothing is ever fetched.

The model is used without rapidocr's own code, which would import OpenCV, parse model lists for a second, add a log
handler, hide the runner-up of a character, and could download: what it does around the model is a resize and an argmax
(PP-OCR, arXiv 2009.09941, §2.3; CTC best path, Graves 2006, §3.2). One thread: other work goes on beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.resources import files
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image

from auditor.errors import ReadingError
from auditor.reading.ocr.screenshot import Pixels

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MODEL_DIGESTS: Final[Mapping[str, str]] = MappingProxyType(
    {"PP-OCRv6_rec_small.onnx": "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"}
)
"""SHA-256 of each model file that is used, as released (RapidOCR 3.10.0, its default_models.yaml)."""

HEIGHT: Final = 48
"""Rows of a line in the model's input."""
COLUMN: Final = 8
"""Columns of the input for one answer of the model."""
WIDTHS: Final = (96, 320)
"""Least columns of input; the rest is zero, as in training. Two looks at a short text differ in this."""
LONGEST: Final = 2400
"""Most columns of input: a longer line is narrowed to it."""


@dataclass(frozen=True, slots=True)
class ReadLine:
    """What an engine recognised in the picture of one line."""

    characters: tuple[str, ...]
    scores: tuple[float, ...]
    """Of each character, 0 to 1."""
    centres: tuple[float, ...]
    """Of each character, in columns of the picture."""


class PaddleEngine:
    """Reads pictures of single lines. The model is loaded at the first line; safe from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loaded: tuple[InferenceSession, tuple[str, ...]] | None = None

    @cached_property
    def name(self) -> str:
        """The family of the models and what computes them, with its version."""
        return f"pp-ocr by onnxruntime {version('onnxruntime')}"

    @property
    def models(self) -> str:
        """One digest of all model files: SHA-256 over `name digest` lines. A file whose bytes are not so is refused."""
        lines = "".join(f"{name} {digest}\n" for name, digest in sorted(MODEL_DIGESTS.items()))
        return hashlib.sha256(lines.encode()).hexdigest()

    def read_line(self, pixels: Pixels, *, look: int = 0) -> ReadLine:
        """The characters of one line; `look` 1 shows it to the model in another frame."""
        session, alphabet = self._session()
        height, width = pixels.shape[:2]
        wide = min(max(1, round(width * HEIGHT / height)), LONGEST)
        resized = np.asarray(Image.fromarray(pixels).resize((wide, HEIGHT), Image.Resampling.BICUBIC), np.float32)
        frame = max(WIDTHS[look], -(-wide // 32) * 32)
        given = np.zeros((1, 3, HEIGHT, frame), np.float32)
        given[0, :, :, :wide] = (resized[:, :, ::-1] / 127.5 - 1.0).transpose(2, 0, 1)
        answers: Any = session.run(None, {session.get_inputs()[0].name: given})[0]
        best = answers[0].argmax(axis=1)
        kept = np.flatnonzero((best != 0) & np.concatenate(([True], best[1:] != best[:-1])))
        scores = answers[0].max(axis=1)
        return ReadLine(
            tuple(alphabet[best[at]] for at in kept),
            tuple(round(float(scores[at]), 4) for at in kept),
            tuple((float(at) + 0.5) * COLUMN * width / wide for at in kept),
        )

    def lacks(self, text: str) -> bool:
        """Whether letters of the text are none of the model's: it sees nothing where they stand, or something else."""
        return any(letter.isalpha() for letter in set(text).difference(self._session()[1]))

    def _session(self) -> tuple[InferenceSession, tuple[str, ...]]:
        if self._loaded is None:
            with self._lock:
                if self._loaded is None:
                    self._loaded = _load()
        return self._loaded


_SHARED: Final = PaddleEngine()


def shared_engine() -> PaddleEngine:
    """The engine of this process."""
    return _SHARED


def installed_model(name: str) -> bytes:
    """A model file of the installed wheel."""
    try:
        return files("rapidocr").joinpath("models", name).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as missing:
        raise ReadingError(
            f"OCR model {name} is missing from the package rapidocr: install the program again"
        ) from missing


def checked_model(name: str, content: bytes) -> bytes:
    """The bytes of a model, refused where they are not the pinned ones."""
    found = hashlib.sha256(content).hexdigest()
    if found != MODEL_DIGESTS[name]:
        raise ReadingError(
            f"OCR model {name} has the digest {found}, not {MODEL_DIGESTS[name]}: install the program again"
        )
    return content


def _load() -> tuple[InferenceSession, tuple[str, ...]]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    (name,) = MODEL_DIGESTS
    content = checked_model(name, installed_model(name))
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    characters = session.get_modelmeta().custom_metadata_map["character"].splitlines()
    return session, ("", *characters, " ")
