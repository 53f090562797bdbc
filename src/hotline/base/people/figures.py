"""What a city decides about signing in (等保三级: failed sign-ins, locking, an unattended session)."""

from hotline.base.kernel.figures import declare

FAILURES_BEFORE_LOCK = declare(
    "sign_in_failures",
    5,
    "同一来源连续输错密码几次后锁定",
    "wrong passwords from one address before it is locked out",
    least=3,
    most=20,
)
"""From one address: a stranger who guesses locks himself out, not the one whose name he uses."""
FAILURES_BEFORE_LOCK_FOR_ALL = declare(
    "sign_in_failures_from_anywhere",
    50,
    "不论来源连续输错密码几次后锁定账号",
    "wrong passwords from anywhere before the account is locked",
    least=10,
    most=1000,
)
"""From wherever, without a right one between: somebody guesses from many places."""
LOCK_MINUTES = declare(
    "sign_in_lock_minutes", 15, "锁定多少分钟", "minutes an account stays locked", least=1, most=1440
)
ATTEMPTS_PER_MINUTE = declare(
    "sign_in_attempts_per_minute",
    100,
    "同一来源每分钟最多登录几次",
    "attempts to sign in a minute from one address",
    least=10,
    most=10_000,
)
"""A shift of a centre signs in from one address; one that guesses passwords needs far more than this."""
IDLE_MINUTES = declare(
    "session_idle_minutes",
    30,
    "无操作多少分钟后自动退出",
    "minutes without use after which a session ends",
    least=5,
    most=720,
)
DEPUTY_APPROVAL = declare(
    "deputy_needs_approval", 1, "请人代理须负责人批准（1 是，0 否）", "a leader approves deputies (1 yes, 0 no)", least=0, most=1,
)  # fmt: skip
