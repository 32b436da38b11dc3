"""How the tests hash the passwords of people who do not exist."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2(Argon2PasswordHasher):
    """The newsroom's own way with the least work: tests make and ask for hundreds. One test has the real work."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
