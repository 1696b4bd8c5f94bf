"""What the methods of one visit share: by what they see, where it goes, and the login that one made for the other."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.capture.base.scope import Scope
from auditor.capture.browser.process import Browser
from auditor.capture.recorder import CaptureRecorder
from auditor.model.captures import PageProbe


@dataclass(slots=True)
class VisitContext:
    """One visit to one deployment."""

    browser: Browser
    """Not started before a method asks for a page of it."""
    recorder: CaptureRecorder
    scope: Scope
    """The addresses that the deployment declares."""
    eyes: PageProbe
    """Says of stored bytes what a page states."""
    cookies: str = ""
    """The `Cookie` header of the login made in this visit, for the deployment's own address; empty without one."""
