module boundedbuffer

go 1.26
