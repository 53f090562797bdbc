"""What is slow on purpose in the product and need not be in tests."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """The product's own hash with the least work: tests open hundreds of accounts that nobody attacks."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
