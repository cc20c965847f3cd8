"""What tests share: random logs, and the plain definitions that the fast code must agree with."""
