"""The handlers of the endpoint table: each takes a Call, asks a service and answers."""
