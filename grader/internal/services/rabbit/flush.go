package rabbit

// Flush are the arguments with which rabbitmqctl makes a node write down what has been declared.
//
// That lies in a buffer of Mnesia's for a moment before it is in the file: a node that is killed in that moment forgets queues and bindings
// whose declaration it has confirmed. When a check kills the broker, that would be chance. Newer versions may keep their declarations
// elsewhere, where they are safe at once.
var Flush = []string{"--quiet", "eval", "case mnesia:system_info(is_running) of yes -> mnesia:sync_log(); _ -> ok end."}
