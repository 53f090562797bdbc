"""Stepping aside (回避): who must not know of a case, because he or his has to do with it."""
