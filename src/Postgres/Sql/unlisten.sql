unlisten *
