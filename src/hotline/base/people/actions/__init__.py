"""Every write of this room: accounts, posts, tokens, organisations, and signing in and out."""

from hotline.base.people.actions.accounts import (
    change_account,
    change_own_password,
    end_post,
    first_accounts,
    give_post,
    open_account,
    reset_password,
)
from hotline.base.people.actions.deputies import act_for, decide, end_deputy, name_deputy
from hotline.base.people.actions.loading import Difference, load
from hotline.base.people.actions.organisations import add_organisation, close_organisation
from hotline.base.people.actions.session import end_unattended, sign_in, sign_out
from hotline.base.people.actions.tokens import issue_token, revoke_token

__all__ = [
    "Difference",
    "act_for",
    "add_organisation",
    "change_account",
    "change_own_password",
    "close_organisation",
    "decide",
    "end_deputy",
    "end_post",
    "end_unattended",
    "first_accounts",
    "give_post",
    "issue_token",
    "load",
    "name_deputy",
    "open_account",
    "reset_password",
    "revoke_token",
    "sign_in",
    "sign_out",
]
