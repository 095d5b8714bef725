package wire

import (
	"bytes"
	"encoding/xml"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func everyType() Table {
	return Table{"t": true, "b": int8(-1), "B": uint8(1), "s": int16(-2), "u": uint16(2), "I": int32(-3), "i": uint32(3),
		"l": int64(-4), "f": float32(1.5), "d": 2.5, "D": Decimal{Scale: 2, Value: 314}, "S": "text", "x": []byte{0, 255},
		"T": Timestamp(1_700_000_000), "V": nil, "A": []any{int32(1), []any{"deep"}, Table{"in": false}}, "F": Table{"in": Table{}}}
}

func TestEveryFieldTypeSurvives(t *testing.T) {
	encoded, err := appendTable(nil, everyType())
	require.NoError(t, err)
	got, err := DecodeTableBody(encoded[4:])
	require.NoError(t, err)
	require.Equal(t, everyType(), got)
}

func TestEveryMethodSurvives(t *testing.T) {
	for id, construct := range methods {
		m := construct()
		require.Equal(t, id, m.ID())
		fill(reflect.ValueOf(m).Elem())
		got, err := DecodeMethod(EncodeMethod(m))
		require.NoError(t, err)
		require.Equal(t, m, got)
	}
}

// fill sets every field to something that is not its zero.
func fill(v reflect.Value) {
	for i := range v.NumField() {
		switch f := v.Field(i); f.Kind() {
		case reflect.Bool:
			f.SetBool(i%2 == 0)
		case reflect.String:
			f.SetString(v.Type().Field(i).Name)
		case reflect.Map:
			f.Set(reflect.ValueOf(everyType()))
		case reflect.Struct:
			fill(f)
		default:
			f.SetUint(uint64(i + 1))
		}
	}
}

// TestTheRegistryIsTheSpecification compares with the XML that the client library is generated from.
func TestTheRegistryIsTheSpecification(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/rabbitmq/amqp091-go").Output()
	if err != nil || strings.TrimSpace(string(out)) == "" {
		t.Skip("the client library's module is not at hand")
	}
	source, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "spec", "amqp0-9-1.stripped.extended.xml"))
	require.NoError(t, err)
	var spec struct {
		Classes []struct {
			Name    string `xml:"name,attr"`
			Index   uint16 `xml:"index,attr"`
			Methods []struct {
				Name  string `xml:"name,attr"`
				Index uint16 `xml:"index,attr"`
			} `xml:"method"`
		} `xml:"class"`
	}
	require.NoError(t, xml.Unmarshal(source, &spec))
	seen := 0
	for _, class := range spec.Classes {
		for _, method := range class.Methods {
			construct, ok := methods[ID{class.Index, method.Index}]
			require.True(t, ok, "%s.%s", class.Name, method.Name)
			want := strings.ToLower(class.Name + strings.ReplaceAll(method.Name, "-", ""))
			require.Equal(t, want, strings.ToLower(reflect.TypeOf(construct()).Elem().Name()))
			seen++
		}
	}
	require.Len(t, methods, seen)
}

func TestContentIsCutAtFrameMax(t *testing.T) {
	body := bytes.Repeat([]byte("b"), 2*(MinFrameMax-frameOverhead)+1)
	r := bytes.NewReader(AppendContent(nil, 7, &Properties{}, body, MinFrameMax))
	var got []byte
	for want := range []int{0, 1, 2, 3} {
		f, err := ReadFrame(r, MinFrameMax)
		require.NoError(t, err)
		require.EqualValues(t, 7, f.Channel)
		if want == 0 {
			h, err := DecodeContentHeader(f.Payload)
			require.NoError(t, err)
			require.EqualValues(t, len(body), h.BodySize)
			continue
		}
		got = append(got, f.Payload...)
	}
	require.Equal(t, body, got)
	require.Zero(t, r.Len())
}

func TestMalformedInputHasItsCode(t *testing.T) {
	deep := []byte{}
	for range 100 {
		deep = append([]byte("A\x00\x00\x01\x00"), deep...)
	}
	for name, x := range map[string]struct {
		decode func() error
		code   uint16
	}{
		"too large":      {func() error { _, err := ReadFrame(bytes.NewReader([]byte{3, 0, 1, 0, 0, 16, 0}), 4096); return err }, FrameError},
		"no end marker":  {func() error { _, err := ReadFrame(bytes.NewReader([]byte{8, 0, 0, 0, 0, 0, 0, 0}), 4096); return err }, FrameError},
		"unknown type":   {func() error { _, err := ReadFrame(bytes.NewReader([]byte{4, 0, 0, 0, 0, 0, 0, 0}), 4096); return err }, FrameError},
		"unknown method": {func() error { _, err := DecodeMethod([]byte{0, 99, 0, 99}); return err }, CommandInvalid},
		"short method":   {func() error { _, err := DecodeMethod([]byte{0, 60, 0, 40, 0}); return err }, SyntaxError},
		"unknown field":  {func() error { _, err := DecodeTableBody([]byte("\x01aZ")); return err }, SyntaxError},
		"too deep":       {func() error { _, err := DecodeTableBody(append([]byte("\x01a"), deep...)); return err }, SyntaxError},
	} {
		var broken *Error
		require.ErrorAs(t, x.decode(), &broken, name)
		require.Equal(t, x.code, broken.Code, name)
	}
}
