// Still life on a wooden table: fruit in a bowl, a wine glass, a jug, light from a window on the left.
// Render: povray still-life.pov +W1500 +H1000 +A0.2 +R3
#version 3.7;
#include "functions.inc"
#include "woods.inc"
global_settings {
  assumed_gamma 1.0
  max_trace_level 12
  radiosity { count 60 nearest_count 8 error_bound 0.6 recursion_limit 1 low_error_factor 0.6 gray_threshold 0.2 brightness 0.9 }
}
#declare Seed = seed(7);

camera {
  location <0.7, 3.9, -13.2>
  look_at <0.72, 1.85, 0>
  right x * image_width / image_height
  angle 42
}

// The window: a broad soft light from the upper left, and a faint fill from the room.
light_source {
  <-11, 11, -7> color rgb <1.0, 0.93, 0.82> * 1.15
  area_light <4.0, 0, 2.2>, <0, 4.2, 0>, 7, 7 adaptive 1 jitter
}
sky_sphere { pigment { color rgb <0.16, 0.17, 0.19> } }

// Wall with plaster and a soft falloff of light.
plane {
  -z, -7
  texture {
    pigment {
      bozo turbulence 0.8 octaves 6
      color_map { [0 color rgb <0.20, 0.19, 0.155>] [0.5 color rgb <0.26, 0.245, 0.195>] [1 color rgb <0.215, 0.21, 0.175>] }
      scale 3
    }
    normal { granite 0.08 scale 1.2 }
    finish { ambient 0 diffuse 0.75 }
  }
}

// Table: boards with gaps.
#declare Board = 0;
#while (Board < 9)
  box {
    <-14, -0.35, 0.012>, <14, 0, 1.588>
    texture {
      pigment { wood turbulence <0.10, 0.04, 0.12> octaves 5
        color_map { [0 color rgb <0.235, 0.105, 0.045>] [0.45 color rgb <0.34, 0.165, 0.075>] [0.75 color rgb <0.40, 0.21, 0.10>] [1 color rgb <0.22, 0.095, 0.04>] }
        rotate y * 90 rotate z * 2 scale <1.6, 0.16, 0.16> translate <Board * 7.3, Board * 0.8, Board * 1.7> }
      normal { wood 0.06 turbulence 0.1 rotate y * 90 scale <1.6, 0.16, 0.16> translate Board * 3 }
      finish { ambient 0 diffuse 0.75 specular 0.22 roughness 0.04 reflection { 0.015, 0.10 fresnel on } conserve_energy }
    }
    interior { ior 1.4 }
    translate <0, 0, -6.6 + Board * 1.6>
  }
  #declare Board = Board + 1;
#end

#declare Skin = finish { ambient 0 diffuse 0.78 specular 0.35 roughness 0.025 reflection { 0.01, 0.10 fresnel on } conserve_energy }

// An apple as a surface of revolution with hollows at both ends.
#macro Apple(Red, Yellow, Turn)
  union {
    lathe {
      bezier_spline 12,
      <0, 0.16>, <0.10, 0.02>, <0.30, 0.00>, <0.42, 0.03>,
      <0.42, 0.03>, <0.80, 0.12>, <1.10, 0.62>, <1.02, 1.16>,
      <1.02, 1.16>, <0.92, 1.72>, <0.28, 1.86>, <0, 1.44>
      sturm
      texture {
        pigment {
          radial frequency 46 turbulence <0.16, 0.02, 0.16> octaves 6
          pigment_map {
            [0.0 bozo turbulence 0.6 color_map { [0.25 color Red * 0.8] [0.66 color Red] [0.98 color Red * 0.55 + Yellow * 0.45] } scale <0.7, 1.1, 0.7>]
            [1.0 bozo turbulence 0.6 color_map { [0.25 color Red] [0.60 color Red * 0.8 + Yellow * 0.2] [0.95 color Red * 0.2 + Yellow * 0.8] } scale <0.7, 1.1, 0.7>]
          }
        }
        normal { bumps 0.02 scale 0.3 }
        finish { Skin }
      }
      interior { ior 1.4 }
    }
    // Speckles would vanish at this distance; the stalk does not.
    sphere_sweep { cubic_spline 5, <0, 1.2, 0>, 0.05 <0, 1.42, 0>, 0.045 <0.03, 1.66, 0>, 0.04 <0.12, 1.92, 0.03>, 0.055 <0.2, 2.1, 0>, 0.05
      texture { pigment { color rgb <0.12, 0.07, 0.03> } finish { ambient 0 diffuse 0.7 } } }
    rotate y * Turn
  }
#end

#declare Orange = union {
  sphere { 0, 1 scale <1, 0.94, 1>
    texture {
      pigment { bozo turbulence 0.3 color_map { [0 color rgb <0.86, 0.27, 0.015>] [1 color rgb <0.93, 0.36, 0.025>] } scale 0.5 }
      normal { bumps -0.55 scale 0.045 }
      finish { ambient 0 diffuse 0.8 specular 0.35 roughness 0.03 }
    }
  }
  cylinder { <0, 0.9, 0>, <0, 0.955, 0>, 0.07 texture { pigment { color rgb <0.16, 0.20, 0.06> } finish { ambient 0 diffuse 0.7 } } }
}

#declare Lemon = isosurface {
  function { sqrt(x * x + z * z) - 0.66 * sqrt(max(0.0001, 1 - y * y * 0.92)) * (1 - 0.10 * y * y) - 0.10 * exp(-(abs(y) - 1.02) * (abs(y) - 1.02) * 60) }
  contained_by { box { <-0.9, -1.16, -0.9>, <0.9, 1.16, 0.9> } }
  threshold 0 accuracy 0.002 max_gradient 9
  texture {
    pigment { bozo color_map { [0 color rgb <0.92, 0.66, 0.04>] [1 color rgb <0.95, 0.76, 0.08>] } scale 0.6 }
    normal { bumps -0.22 scale 0.05 }
    finish { Skin }
  }
  interior { ior 1.4 }
}

#declare Pear = lathe {
  bezier_spline 16,
  <0, 0.10>, <0.15, 0.00>, <0.30, 0.00>, <0.45, 0.05>,
  <0.45, 0.05>, <0.95, 0.22>, <1.08, 0.85>, <0.82, 1.32>,
  <0.82, 1.32>, <0.58, 1.74>, <0.50, 1.95>, <0.43, 2.22>,
  <0.43, 2.22>, <0.36, 2.52>, <0.12, 2.58>, <0, 2.46>
  sturm
  texture {
    pigment { bozo turbulence 0.7 octaves 6 color_map { [0.1 color rgb <0.44, 0.46, 0.07>] [0.6 color rgb <0.62, 0.58, 0.12>] [0.9 color rgb <0.66, 0.42, 0.12>] } scale <0.8, 1.4, 0.8> }
    normal { bumps 0.08 scale 0.05 }
    finish { Skin }
  }
  interior { ior 1.4 }
}

// Bowl of glazed clay, turned on the wheel.
#declare Bowl = lathe {
  bezier_spline 24,
  <0, 0.20>, <0.4, 0.20>, <0.7, 0.20>, <0.9, 0.16>,
  <0.9, 0.16>, <0.92, 0.0>, <1.0, 0.0>, <1.06, 0.06>,
  <1.06, 0.06>, <1.9, 0.36>, <2.5, 0.8>, <2.62, 1.34>,
  <2.62, 1.34>, <2.68, 1.44>, <2.56, 1.46>, <2.50, 1.36>,
  <2.50, 1.36>, <2.36, 0.92>, <1.8, 0.52>, <1.0, 0.38>,
  <1.0, 0.38>, <0.6, 0.34>, <0.3, 0.34>, <0, 0.34>
  sturm
  texture {
    pigment { gradient y turbulence 0.05
      color_map { [0 color rgb <0.33, 0.20, 0.12>] [0.10 color rgb <0.36, 0.22, 0.13>] [0.13 color rgb <0.12, 0.22, 0.30>] [0.60 color rgb <0.15, 0.29, 0.38>] [0.84 color rgb <0.22, 0.38, 0.45>] [0.92 color rgb <0.60, 0.58, 0.50>] [1.0 color rgb <0.62, 0.60, 0.52>] }
      scale 1.52 }
    normal { bumps 0.03 scale 0.3 }
    finish { ambient 0 diffuse 0.7 specular 0.6 roughness 0.01 reflection { 0.03, 0.3 fresnel on } conserve_energy }
  }
  interior { ior 1.5 }
}

#declare Crystal = texture { pigment { color rgbf <0.97, 0.98, 0.98, 0.97> } finish { ambient 0 diffuse 0.02 specular 0.9 roughness 0.002 reflection { 0.02, 0.9 fresnel on } conserve_energy } }
#declare Goblet = union {
  lathe {
    bezier_spline 36,
    <0, 0>, <0.5, 0>, <0.8, 0>, <1.0, 0.02>,
    <1.0, 0.02>, <1.04, 0.04>, <1.04, 0.07>, <1.0, 0.08>,
    <1.0, 0.08>, <0.5, 0.12>, <0.14, 0.20>, <0.10, 0.5>,
    <0.10, 0.5>, <0.08, 0.9>, <0.08, 1.3>, <0.12, 1.75>,
    <0.12, 1.75>, <0.2, 1.95>, <0.5, 2.0>, <0.80, 2.35>,
    <0.80, 2.35>, <1.12, 2.75>, <1.0, 3.5>, <0.80, 4.15>,
    <0.80, 4.15>, <0.80, 4.18>, <0.77, 4.18>, <0.76, 4.15>,
    <0.76, 4.15>, <0.95, 3.5>, <1.05, 2.78>, <0.76, 2.40>,
    <0.76, 2.40>, <0.5, 2.08>, <0.2, 2.06>, <0, 2.06>
    sturm
    texture { Crystal }
    interior { ior 1.5 }
  }
  // Wine, standing a hair inside the glass.
  intersection {
    lathe {
      bezier_spline 12,
      <0, 2.075>, <0.2, 2.075>, <0.49, 2.095>, <0.75, 2.41>,
      <0.75, 2.41>, <1.035, 2.78>, <0.94, 3.5>, <0.75, 4.15>,
      <0.75, 4.15>, <0.5, 4.15>, <0.25, 4.15>, <0, 4.15>
      sturm
    }
    plane { y, 3.02 }
    texture { pigment { color rgbf <0.62, 0.05, 0.08, 0.9> } finish { ambient 0 diffuse 0.12 specular 0.5 roughness 0.004 reflection { 0.02, 0.5 fresnel on } conserve_energy } }
    interior { ior 1.33 fade_distance 1.6 fade_power 1001 fade_color <0.46, 0.02, 0.04> }
  }
}

#declare Jug = union {
  lathe {
    bezier_spline 16,
    <0, 0>, <0.6, 0>, <0.9, 0>, <1.0, 0.05>,
    <1.0, 0.05>, <1.75, 0.7>, <1.85, 1.9>, <1.15, 2.75>,
    <1.15, 2.75>, <0.75, 3.2>, <0.72, 3.7>, <0.98, 4.2>,
    <0.98, 4.2>, <0.90, 4.22>, <0.60, 3.6>, <0, 3.6>
    sturm
  }
  sphere_sweep { b_spline 8,
    <0.6, 4.1, 0>, 0.14 <0.85, 4.0, 0>, 0.14 <1.6, 4.15, 0>, 0.15 <2.15, 3.5, 0>, 0.15 <2.1, 2.7, 0>, 0.16 <1.75, 2.0, 0>, 0.17 <1.35, 1.9, 0>, 0.18 <1.0, 1.8, 0>, 0.2
    tolerance 0.01
  }
  texture {
    pigment { bozo turbulence 0.6 octaves 6 color_map { [0 color rgb <0.74, 0.68, 0.56>] [0.6 color rgb <0.80, 0.75, 0.64>] [1 color rgb <0.60, 0.52, 0.40>] } scale 0.9 }
    normal { wood 0.05 rotate x * 90 scale 0.35 turbulence 0.04 }
    finish { ambient 0 diffuse 0.75 specular 0.35 roughness 0.02 reflection { 0.01, 0.14 fresnel on } conserve_energy }
  }
  interior { ior 1.45 }
}

// Composition.
object { Jug rotate y * -25 translate <-3.0, 0, 1.6> }
object { Bowl translate <0.75, 0, 0.3> }
object { Apple(rgb <0.62, 0.035, 0.025>, rgb <0.78, 0.52, 0.10>, 40) rotate z * 12 translate <-0.35, 0.55, -0.35> }
object { Apple(rgb <0.42, 0.46, 0.07>, rgb <0.54, 0.52, 0.10>, 200) rotate <14, 0, -16> translate <1.75, 0.55, -0.15> }
object { Orange translate <0.75, 1.35, 1.05> }
object { Pear rotate <-12, 0, 20> translate <0.05, 0.75, 1.45> }
object { Lemon rotate z * 78 rotate y * 35 translate <0.75, 1.88, -0.75> }
object { Orange rotate x * 25 scale 0.98 translate <2.05, 1.30, 1.25> }
object { Goblet translate <4.2, 0, 0.3> }
object { Apple(rgb <0.58, 0.03, 0.03>, rgb <0.80, 0.50, 0.08>, 150) scale 0.95 rotate z * -8 translate <-2.55, 0.02, -2.2> }
object { Lemon rotate z * 86 rotate y * -35 translate <3.1, 0.64, -2.5> }
// Grapes, dropped in a small heap.
#declare I = 0;
#while (I < 34)
  #declare Layer = floor(I / 15);
  sphere {
    <-0.75 + 1.6 * rand(Seed) * (1 - Layer * 0.25), 0.25 + Layer * 0.34 + 0.04 * rand(Seed), -3.0 + 1.0 * rand(Seed) * (1 - Layer * 0.3)>, 0.22 + 0.03 * rand(Seed)
    texture {
      pigment { color rgbf <0.13 + 0.05 * rand(Seed), 0.025, 0.10, 0.15> }
      normal { bumps 0.02 scale 0.2 }
      finish { ambient 0 diffuse 0.7 specular 0.5 roughness 0.015 reflection { 0.02, 0.18 fresnel on } conserve_energy }
    }
    interior { ior 1.35 }
  }
  #declare I = I + 1;
#end
