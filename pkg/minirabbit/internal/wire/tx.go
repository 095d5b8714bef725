package wire

// The methods of class tx (90).
type (
	TxSelect     struct{}
	TxSelectOk   struct{}
	TxCommit     struct{}
	TxCommitOk   struct{}
	TxRollback   struct{}
	TxRollbackOk struct{}
)

func (*TxSelect) ID() ID     { return ID{90, 10} }
func (*TxSelectOk) ID() ID   { return ID{90, 11} }
func (*TxCommit) ID() ID     { return ID{90, 20} }
func (*TxCommitOk) ID() ID   { return ID{90, 21} }
func (*TxRollback) ID() ID   { return ID{90, 30} }
func (*TxRollbackOk) ID() ID { return ID{90, 31} }

func (*TxSelect) visit(coder)     {}
func (*TxSelectOk) visit(coder)   {}
func (*TxCommit) visit(coder)     {}
func (*TxCommitOk) visit(coder)   {}
func (*TxRollback) visit(coder)   {}
func (*TxRollbackOk) visit(coder) {}
