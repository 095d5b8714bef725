// Package chart draws what the examples have measured, as SVG.
package chart

import (
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

const (
	width  = 9 * vg.Inch
	height = 4.5 * vg.Inch
)

// Series is a line of a chart: points in the order of X.
type Series struct {
	Name   string
	Points plotter.XYs
}

// Mark is a moment that explains a bend: a vertical line with a word beside it.
type Mark struct {
	X    float64
	Text string
}

// Lines draws series over a common axis and returns where the file is.
func Lines(folder, name, title, x, y string, marks []Mark, series ...Series) (string, error) {
	p := blank(title, x, y)
	top := 0.0
	for i, s := range series {
		if len(s.Points) == 0 {
			continue
		}
		line, err := plotter.NewLine(s.Points)
		if err != nil {
			return "", fmt.Errorf("draw %s of %s: %w", s.Name, name, err)
		}
		line.Width, line.Color = vg.Points(1.5), plotutil.Color(i)
		p.Add(line)
		p.Legend.Add(s.Name, line)
		for _, point := range s.Points {
			top = max(top, point.Y)
		}
	}
	for _, m := range marks {
		if err := mark(p, m, top); err != nil {
			return "", fmt.Errorf("mark %s in %s: %w", m.Text, name, err)
		}
	}
	return save(p, folder, name)
}

// Latencies draws which part of the requests was answered within which time, one line for each run.
func Latencies(folder, name, title string, runs map[string][]time.Duration) (string, error) {
	var series []Series
	for run, latencies := range runs {
		series = append(series, Series{Name: run, Points: quantiles(latencies)})
	}
	slices.SortFunc(series, func(a, b Series) int { return strings.Compare(a.Name, b.Name) })
	return Lines(folder, name, title, "share of the requests, %", "answered within, ms", nil, series...)
}

// Histogram draws how many requests took how long.
func Histogram(folder, name, title string, latencies []time.Duration, bins int) (string, error) {
	values := make(plotter.Values, len(latencies))
	for i, l := range latencies {
		values[i] = Milliseconds(l)
	}
	hist, err := plotter.NewHist(values, bins)
	if err != nil {
		return "", fmt.Errorf("draw %s: %w", name, err)
	}
	hist.FillColor = plotutil.Color(2)
	p := blank(title, "latency, ms", "requests")
	p.Add(hist)
	return save(p, folder, name)
}

// PerSecond counts events in bins of a width and gives each bin's rate.
func PerSecond(name string, at []time.Duration, bin, until time.Duration) Series {
	counts := make([]int, int(until/bin)+1)
	for _, t := range at {
		if i := int(t / bin); i < len(counts) {
			counts[i]++
		}
	}
	s := Series{Name: name}
	for i, n := range counts[:len(counts)-1] { // the last bin is not complete
		s.Points = append(s.Points, plotter.XY{X: (float64(i) + 0.5) * bin.Seconds(), Y: float64(n) / bin.Seconds()})
	}
	return s
}

// Quantile is the latency that a share of the requests, from 0 to 1, does not exceed; 0 if there are none.
func Quantile(latencies []time.Duration, share float64) time.Duration {
	if len(latencies) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(latencies))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

// Milliseconds is a duration as a chart's axis has it.
func Milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func quantiles(latencies []time.Duration) plotter.XYs {
	sorted := slices.Sorted(slices.Values(latencies))
	var points plotter.XYs
	for percent := 0.0; percent <= 99.5 && len(sorted) > 0; percent += 0.5 {
		at := int(percent / 100 * float64(len(sorted)))
		points = append(points, plotter.XY{X: percent, Y: Milliseconds(sorted[at])})
	}
	return points
}

func blank(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding, p.Legend.Top, p.Legend.Left = vg.Points(8), true, true
	p.BackgroundColor = color.White
	p.Y.Min = 0
	p.Add(plotter.NewGrid())
	return p
}

func mark(p *plot.Plot, m Mark, top float64) error {
	line, err := plotter.NewLine(plotter.XYs{{X: m.X, Y: 0}, {X: m.X, Y: top}})
	if err != nil {
		return err
	}
	line.Dashes, line.Color = []vg.Length{vg.Points(4), vg.Points(3)}, color.Gray{Y: 90}
	word, err := plotter.NewLabels(plotter.XYLabels{XYs: plotter.XYs{{X: m.X, Y: top}}, Labels: []string{" " + m.Text}})
	if err != nil {
		return err
	}
	p.Add(line, word)
	return nil
}

func save(p *plot.Plot, folder, name string) (string, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	file := filepath.Join(folder, name+".svg")
	if err := p.Save(width, height, file); err != nil {
		return "", fmt.Errorf("write %s: %w", file, err)
	}
	return file, nil
}
