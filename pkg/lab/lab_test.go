package lab_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/internal/unfinished"
	"scalelab/pkg/lab"
)

func TestNotImplementedPanicsAndIsRemembered(t *testing.T) {
	_, called := unfinished.First()
	require.False(t, called, "nothing was called yet")

	require.PanicsWithValue(t, "lab boundedbuffer: implement Put", func() {
		panic(lab.NotImplemented("boundedbuffer", "Put"))
	})
	require.Panics(t, func() { lab.NotImplemented("boundedbuffer", "Take") })

	first, called := unfinished.First()
	require.True(t, called, "recovering the panic does not undo the record")
	require.Equal(t, unfinished.Call{Lab: "boundedbuffer", Func: "Put"}, first)
}
