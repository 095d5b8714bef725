package boundedbuffer

func init() { println("debugging") }
