"""What pages show, worked out from a workspace: plain functions, without Django."""
