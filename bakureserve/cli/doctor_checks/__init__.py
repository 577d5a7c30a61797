"""What `doctor` looks for, a module for each kind. Each yields findings and changes nothing."""
