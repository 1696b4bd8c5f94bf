"""The room that tells: one `Report` in, documents out. Same report and same stored bytes, same document bytes."""

from auditor.reporting.page import as_html
from auditor.reporting.structured import FORMAT, as_json
from auditor.reporting.wording import LANGS, Lang

__all__ = ["FORMAT", "LANGS", "Lang", "as_html", "as_json"]
