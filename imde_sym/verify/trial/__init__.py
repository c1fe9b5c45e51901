"""Anybody's formula on trial: `audit`."""

from .judge import audit
from .value import Audit, WrongTerm

__all__ = ["Audit", "WrongTerm", "audit"]
