"""Signing in and out. Every attempt is recorded (网络安全法 21(三)); too many wrong ones lock the account for a while."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

from django.contrib.auth import SESSION_KEY, login, logout
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.http import HttpRequest

from hotline.base.kernel import clock, rates
from hotline.base.kernel.actor import Actor, citizen
from hotline.base.kernel.deeds import deed
from hotline.base.kernel.errors import Problem
from hotline.base.people import sessions
from hotline.base.people.figures import (
    ATTEMPTS_PER_MINUTE,
    FAILURES_BEFORE_LOCK,
    FAILURES_BEFORE_LOCK_FOR_ALL,
    LOCK_MINUTES,
)
from hotline.base.people.models import SignIn, Staff


@lru_cache(maxsize=1)
def _nobody() -> str:
    return make_password("nobody has this password")


class SignInRefused(Problem):
    """401: wrong user name or password. Which of the two, or that the account is closed, is not told to strangers."""

    def __init__(self) -> None:
        super().__init__(
            "sign-in-refused", "用户名或密码不正确。", "Wrong user name or password.", status=401
        )


def sign_in(request: HttpRequest, username: str, password: str, address: str) -> Staff:
    """Sign in the session of ``request``. Raises SignInRefused, or Problem 429 while locked or from a busy address."""
    username = username.strip().lower()[:60]
    if not rates.allow(f"sign-in:{rates.source(address)}", ATTEMPTS_PER_MINUTE(), 60):
        raise Problem(
            "too-many",
            "登录尝试过于频繁，请稍后再试。",
            "Too many attempts to sign in; try again later.",
            status=429,
        )
    staff, outcome = _attempt(username, password, address)
    if outcome == SignIn.Outcome.LOCKED:
        minutes = LOCK_MINUTES()
        raise Problem(
            "locked",
            f"密码错误次数过多，账号已锁定，请 {minutes} 分钟后再试或联系系统管理员。",
            f"Too many wrong passwords: the account is locked. Try again in {minutes} minutes or ask the administrator.",
            status=429,
        )
    if staff is None or outcome != SignIn.Outcome.IN:
        raise SignInRefused
    login(request, staff)
    return staff


def _attempt(username: str, password: str, address: str) -> tuple[Staff | None, str]:
    """Check one attempt and record it, in its own transaction: a refused attempt must count too."""
    with deed(citizen(address=address), "session.attempt") as d:
        staff = Staff.objects.select_for_update().filter(username=username).first()
        now, wrong_here = clock.now(), _wrong(username, address)
        failures, lock = FAILURES_BEFORE_LOCK(now), timedelta(minutes=LOCK_MINUTES(now))
        window = int(lock.total_seconds())
        # Unknown names lock as known ones do, or the lock would tell which are known.
        if rates.made(wrong_here, window) >= failures:
            outcome = SignIn.Outcome.LOCKED
        elif staff is None:
            check_password(password, _nobody())  # the same time as for a known name
            outcome = SignIn.Outcome.UNKNOWN
        elif staff.locked_until and staff.locked_until > now:
            outcome = SignIn.Outcome.LOCKED
        elif not staff.check_password(password):
            outcome = SignIn.Outcome.WRONG_PASSWORD
            staff.failed_sign_ins += 1
            if staff.failed_sign_ins >= FAILURES_BEFORE_LOCK_FOR_ALL(now):
                staff.failed_sign_ins, staff.locked_until = 0, now + lock
            staff.save(update_fields=["failed_sign_ins", "locked_until"])
        elif not staff.is_active:
            outcome = SignIn.Outcome.CLOSED
        else:
            outcome = SignIn.Outcome.IN
            rates.forget(wrong_here)
            if staff.failed_sign_ins or staff.locked_until:
                staff.failed_sign_ins, staff.locked_until = 0, None
                staff.save(update_fields=["failed_sign_ins", "locked_until"])
        if outcome in (SignIn.Outcome.UNKNOWN, SignIn.Outcome.WRONG_PASSWORD):
            rates.allow(wrong_here, failures, window)
        SignIn.objects.create(
            at=now, username=username, staff=staff, outcome=outcome, address=address or None
        )
        d.about("staff", staff.id if staff else "unknown", outcome=outcome)
    return staff, outcome


def _wrong(username: str, address: str = "") -> str:
    """Where wrong passwords for a name from one address are counted; without an address, how all of them begin."""
    return f"sign-in-wrong:{username}:{rates.source(address)}"


def lift_locks(staff: Staff) -> None:
    """Forget the wrong passwords tried for ``staff``, from wherever; the caller saves the row."""
    rates.forget(_wrong(staff.username))
    staff.failed_sign_ins, staff.locked_until = 0, None


def sign_out(request: HttpRequest, actor: Actor) -> None:
    """End the session of ``request``."""
    with deed(actor, "session.sign_out") as d:
        d.about("staff", actor.id)
        d.tell("staff.signed_out", actor.id, at=clock.now().isoformat())
    logout(request)


def end_unattended(actor: Actor) -> int:
    """Make known whose sessions ended for want of use: an audit row each, and the desk is told that he is gone unless he
    is at work in another browser. Returns how many sessions ended."""
    with transaction.atomic():
        ended = [(row, data, data[SESSION_KEY]) for row, data in sessions.lapsed() if SESSION_KEY in data]
        if not ended:
            return 0
        at_work = {data.get(SESSION_KEY) for data in sessions.alive()}
        with deed(actor, "session.lapse") as d:
            for row, data, staff_id in ended:
                sessions.tell(row, data)
                d.about("staff", staff_id)
                if staff_id not in at_work:
                    d.tell("staff.signed_out", staff_id, at=row.expire_date.isoformat())
    return len(ended)
