"""The second eye: what the stored screenshot shows, recognised from its pixels alone. Pure: bytes and values in, out.

The first eye reads the layout; this one knows nothing of it but the places where to look. What is drawn is the
authority for what a person saw: an agreement of both lets a number be certain, a disagreement asks for a person, and
where nothing is recognised the picture does not evidence the value.

Protocol: `Screenshot(png, scale).cut(boxes)` gives a `TextCrop`; `recognise(crop, engine, memory)` a `Recognised`;
`agreement(seen, layout)` compares. An engine is a `TextEngine`: pixels of one line in, characters with scores and
places out. A memory is an `AnswerMemory`: digests to stored answers; the same pixels are asked about once.

==================  ========================================================================  ====================
part                what it does                                                              code
==================  ========================================================================  ====================
cutting             the part of the picture around boxes of the page                          `screenshot`
lines               rows and runs of ink, borders and underlines left out                     `ink`
gaps                characters to words by the blanks that are drawn between them             `word_gaps`
engine              PP-OCR recognition by onnxruntime, model pinned by its digest             `paddle_engine`
recognition         crop to lines and words, in the form that is remembered                   `recognition`
memory              answers by digest of pixels and engine; the latest ones in memory         `answer_memory`
comparison          the counts that two texts state, equal or not                             `count_tokens`
==================  ========================================================================  ====================

Importing this package loads no engine; `shared_engine()` loads it once in a process, when first asked to read.
"""

from auditor.reading.ocr.answer_memory import AnswerMemory, RecentAnswers, answer_key
from auditor.reading.ocr.count_tokens import CountToken, agreement, parse_counts, same_figures
from auditor.reading.ocr.paddle_engine import MODEL_DIGESTS, PaddleEngine, shared_engine
from auditor.reading.ocr.recognition import (
    GAP,
    Recognised,
    SeenLine,
    SeenWord,
    TextEngine,
    is_inked,
    recognise,
    recognise_at,
)
from auditor.reading.ocr.screenshot import Screenshot, ScreenshotRefused, TextCrop

__all__ = [
    "GAP",
    "MODEL_DIGESTS",
    "AnswerMemory",
    "CountToken",
    "PaddleEngine",
    "RecentAnswers",
    "Recognised",
    "Screenshot",
    "ScreenshotRefused",
    "SeenLine",
    "SeenWord",
    "TextCrop",
    "TextEngine",
    "agreement",
    "answer_key",
    "is_inked",
    "parse_counts",
    "recognise",
    "recognise_at",
    "same_figures",
    "shared_engine",
]
