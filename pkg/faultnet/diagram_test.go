package faultnet_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"scalelab/pkg/faultnet"
	"scalelab/pkg/spacetime"
)

// requirePicture compares a picture with lines that all begin with a bar, so that blanks at their ends are seen.
func requirePicture(t *testing.T, want string, d spacetime.Diagram) {
	t.Helper()
	require.NoError(t, d.Validate())
	var got strings.Builder
	for line := range strings.Lines(d.Text()) {
		got.WriteString("|" + line)
	}
	require.Equal(t, strings.TrimPrefix(want, "\n"), got.String())
}

// A deposit is applied twice because its receipt was lost and the bank does not know it again.
func TestDiagramOfARetry(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		m.link().Set(faultnet.Faults{Latency: faultnet.Fixed(10 * ms)})
		m.net.Lose("server", "client", 1)
		client, server := m.packets(t)
		balances := []string{"balance 150", "balance 200"}
		for i := range 2 {
			send(t, client, server.LocalAddr(), "Deposit 50")
			_, from, err := server.ReadFrom(buffer)
			require.NoError(t, err)
			m.server.Step(spacetime.Step{Text: "apply", Value: balances[i], Highlight: i > 0})
			send(t, server, from, "receipt")
			if len(received(t, client)) == 0 {
				m.client.Note("no answer")
			}
		}
		requirePicture(t, `
|Deposited twice
|
| client                       server [balance 100]
| ● send Deposit 50 ──────────►● receive Deposit 50
| │                            ● apply  [balance 150]
| │ ✗──────────────────────────● send receipt
| ● no answer                  │
| ● send Deposit 50 again ╌╌╌╌►● receive Deposit 50 again
| │                            ◆ apply  [balance 200]
| ● receive receipt again ◄╌╌╌╌● send receipt again
|
|key  ◆ look here   ─✗ lost   ╌╌► sent again
`, m.net.Diagram(faultnet.View{
			Title: "Deposited twice",
			Lanes: []spacetime.Lane{{Name: "client"}, {Name: "server", Value: "balance 100"}},
		}))
	})
}

func TestDiagramOfWhatANetworkDoesToDatagrams(t *testing.T) {
	bubble(t, func(t *testing.T, m memory) {
		client, server := m.packets(t)
		m.net.Plan(func(d faultnet.Message, f *faultnet.Fate) {
			f.Delay = 5 * ms
			switch string(d.Data) {
			case "twice":
				f.Copies = []time.Duration{20 * ms}
			case "overtaken":
				f.Delay = 30 * ms
			case "flipped":
				f.Corrupt = true
			}
		})
		for _, text := range []string{"twice", "overtaken", "flipped", "secret"} {
			send(t, client, server.LocalAddr(), text)
			time.Sleep(10 * ms)
		}
		m.net.Partition([]string{"client"}, []string{"server"})
		send(t, client, server.LocalAddr(), "cut")
		time.Sleep(10 * ms)
		m.net.Heal()
		m.server.Crash()
		send(t, client, server.LocalAddr(), "unheard")
		time.Sleep(10 * ms)
		m.server.Restart()
		send(t, client, server.LocalAddr(), "nobody there")
		time.Sleep(20 * ms)
		send(t, client, server.LocalAddr(), "late")
		requirePicture(t, `
| server                                  client                          network
| ● 5ms receive twice ◄───────────────────● 0s send twice                 │
| │                                    ╔══╡                               │
| │                                   ╭╫──● 10ms send overtaken           │
| ◆ 20ms receive twice, a copy ◄══════╪╝  │                               │
| ◆ 25ms receive flipped, corrupted ◄─┼───● 20ms send flipped             │
| ● 40ms receive overtaken ◄──────────╯   │                               │
| │                                       │                               ● 40ms cut: client | server
| │ ✗─ cut off ───────────────────────────● 40ms send cut                 │
| │                                       │                               ● 50ms healed: every link
| ╳ 50ms crashes                          │                               │
|   ✗─ host is down ──────────────────────● 50ms send unheard             │
| ● 60ms restarts                         │                               │
| │ ✗─ nobody listens ────────────────────● 60ms send nobody there        │
| │                                       ● 80ms send late (under way)    │
|
|key  ◆ look here   ╳ crash   ─✗ lost   ══► duplicate
`, m.net.Diagram(faultnet.View{Times: true, Label: func(d faultnet.Message) string {
			if string(d.Data) == "secret" {
				return ""
			}
			return string(d.Data)
		}}))
	})
}

func TestDiagramOfStreams(t *testing.T) {
	run := func(v faultnet.View) (d spacetime.Diagram) {
		bubble(t, func(t *testing.T, m memory) {
			m.net.Break("server", "client", 2)
			_, err := m.client.Dial(t.Context(), "tcp", "server:80")
			require.Error(t, err)
			client, server := m.pair(t)
			write(t, client, "GET /skiers HTTP/1.1\r\nHost: server\r\n\r\n")
			requireText(t, server, "GET /skiers HTTP/1.1\r\nHost: server\r\n\r\n")
			write(t, server, "200 OK")
			requireText(t, client, "200 OK")
			write(t, client, "\x00\x01")
			requireText(t, server, "\x00\x01")
			write(t, server, "never seen")
			_, err = client.Read(buffer)
			require.Error(t, err)
			client, server = m.pair(t)
			require.NoError(t, client.Close())
			requireEOF(t, server)
			client, server = m.pair(t)
			write(t, client, "unread")
			time.Sleep(ms)
			m.server.Kill()
			_, err = client.Read(buffer)
			require.Error(t, err)
			m.link().Reset()
			d = m.net.Diagram(v)
		})
		return d
	}
	requirePicture(t, `
| server                                    client                           network
| ● receive dial ◄──────────────────────────● dial server:80                 │
| ● refuse: nobody listens ────────────────►● refused                        │
| ● receive GET /skiers HTTP/1.1 ◄──────────● send GET /skiers HTTP/1.1      │
| ● send 200 OK ───────────────────────────►● receive 200 OK                 │
| ● receive 2 bytes ◄───────────────────────● send 2 bytes                   │
| ● send never seen ─ connection reset ───✗ │                                │
| ● receive unread ◄────────────────────────● send unread                    │
| ◆ its program is killed                   │                                │
| ● reset ─────────────────────────────────►● receive reset                  │
| │                                         │                                ● reset: client↔server
|
|key  ◆ look here   ─✗ lost
`, run(faultnet.View{}))
	requirePicture(t, `
| server                                      client                          network
| ● receive dial ◄────────────────────────────● dial server:80                │
| ● refuse: nobody listens ──────────────────►● refused                       │
| ● receive dial ◄────────────────────────────● dial server:32768             │
| ● accept ──────────────────────────────────►● connected                     │
| ● receive GET /skiers HTTP/1.1 ◄────────────● send GET /skiers HTTP/1.1     │
| ● send 200 OK ─────────────────────────────►● receive 200 OK                │
| ● receive 2 bytes ◄─────────────────────────● send 2 bytes                  │
| ● send never seen ─ connection reset ─────✗ │                               │
| ● receive dial ◄────────────────────────────● dial server:32769             │
| ● accept ──────────────────────────────────►● connected                     │
| ● receive end of stream ◄───────────────────● close                         │
| ● receive dial ◄────────────────────────────● dial server:32770             │
| ● accept ──────────────────────────────────►● connected                     │
| ● receive unread ◄──────────────────────────● send unread                   │
| ◆ its program is killed                     │                               │
| ● close ─────────────────────────────────╮  │                               │
| ● reset ────────────────────────────────╮│  │                               │
| │                                       │╰─►● receive end of stream         │
| │                                       ╰──►● receive reset                 │
| │                                           │                               ● reset: client↔server
|
|key  ◆ look here   ─✗ lost
`, run(faultnet.View{Connections: true}))
}

// The log ends at some time, and the picture says what was under way then.
func TestDiagramTellsWhatRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(1, faultnet.Faults{})
		client, server := m.packets(t)
		send(t, client, server.LocalAddr(), "try 1: pay", "try 2: pay", "try 1: book")
		requirePicture(t, `
| server      client
| │           ● send try 1: pay (under way)
| │           ● send try 2: pay again (under way)
| │           ● send try 1: book (under way)
`, m.net.Diagram(faultnet.View{Same: func(d faultnet.Message) string {
			_, what, _ := strings.Cut(string(d.Data), ": ")
			return what
		}}))
	})
}
