"""Routing tables: mailertable, virtusertable and the like, text and database."""

from __future__ import annotations

from wizard.facts.mail_model import Tables
from wizard.facts.model import Cf, Classes
from wizard.host.base import HostReader


def gather(host: HostReader, cf: Cf, classes: Classes) -> Tables:
    """Every table that the cf names. Raises Unreadable."""
    return Tables(())
